/// One header field of an HTTP request.
package struct HTTPHeader: Sendable, Equatable {
    /// The field's name; compared without regard to case.
    package var name: String
    /// The field's value, not yet encoded for the wire.
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
