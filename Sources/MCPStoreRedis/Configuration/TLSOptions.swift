/// How a `rediss://` connection is secured. The defaults verify the server fully against the system's trust store.
package struct TLSOptions: Sendable, Hashable {
    /// A PEM file with the authorities to trust instead of the system's.
    package var caFile: String?
    /// A PEM file with the client's certificate chain, for servers that ask for one.
    package var certificateFile: String?
    /// A PEM file with the client certificate's private key.
    package var privateKeyFile: String?
    /// The name to ask for and to verify instead of the URL's host.
    package var serverName: String?
    /// Accepts any certificate. Anybody on the path can then read and change everything; a warning is logged.
    package var skipsVerification: Bool

    /// Makes options.
    package init(
        caFile: String? = nil,
        certificateFile: String? = nil,
        privateKeyFile: String? = nil,
        serverName: String? = nil,
        skipsVerification: Bool = false
    ) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
        self.serverName = serverName
        self.skipsVerification = skipsVerification
    }

    var isDefault: Bool { self == TLSOptions() }
}
