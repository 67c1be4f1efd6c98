import MCPStoreQueue

/// What changes for one service.
struct PlacementChange: Sendable, Equatable {
    var service: ServiceID
    /// Who hosts it from now on.
    var hosts: [String]
    /// Workers that did not host it before.
    var gained: [String]
    /// Workers that host it no more.
    var lost: [String]

    init?(_ service: ServiceID, from old: [String]?, to hosts: [String]) {
        let present = old ?? []
        guard present != hosts else { return nil }
        self.service = service
        self.hosts = hosts
        gained = hosts.filter { !present.contains($0) }
        lost = present.filter { !hosts.contains($0) }
    }
}
