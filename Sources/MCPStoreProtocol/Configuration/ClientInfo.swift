/// How this client introduces itself. Servers may only display it.
package struct ClientInfo: Sendable, Equatable {
    /// The program's name.
    package var name: String
    /// The program's version.
    package var version: String

    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}
