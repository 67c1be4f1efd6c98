/// One lane of one service: one Redis stream.
package struct LaneID: Hashable, Sendable {
    package let service: ServiceID
    package let lane: Lane

    package init(service: ServiceID, lane: Lane) {
        self.service = service
        self.lane = lane
    }

    /// The key of its stream.
    package var key: String { service.key(of: lane) }

    /// Reads the key of a lane of `space`.
    package init?(key: String, in space: Space) {
        let prefix = "\(space):jobs:"
        guard key.hasPrefix(prefix) else { return nil }
        // A service's name holds no colon.
        let parts = key.dropFirst(prefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first.map(String.init), Name.isValid(name) else { return nil }
        switch parts.dropFirst() {
        case []: self.init(service: ServiceID(space: space, name: name), lane: .interactive)
        case ["batch"]: self.init(service: ServiceID(space: space, name: name), lane: .batch)
        default: return nil
        }
    }

    /// Reads the form that a worker's set of streams holds: `namespace:dataspace service lane`.
    package init?(member: String) {
        guard let cut = member.lastIndex(of: " "), let lane = Lane(rawValue: String(member[member.index(after: cut)...])),
            let service = ServiceID(member: member[..<cut])
        else { return nil }
        self.init(service: service, lane: lane)
    }

    package var member: String { "\(service.member) \(lane.rawValue)" }
}
