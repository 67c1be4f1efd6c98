extension OutboundMessage {
    /// The JSON-RPC id when the message is a request.
    var requestID: Int? {
        guard case .request(let id, _, _) = self.kind else { return nil }
        return id
    }
}
