extension MCPError {
    /// An answer of this server is larger than so many bytes.
    static func tooLarge(from origin: HTTPEndpoint.Origin, maximum: Int) -> MCPError {
        MCPError(
            .tooLarge,
            "the answer of \(origin) is larger than \(maximum) bytes; raise the limit of message sizes",
            requestWasWritten: true
        )
    }
}
