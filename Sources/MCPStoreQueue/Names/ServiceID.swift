/// One service in one space.
///
/// One reference: it is copied with every job, and its keys are needed for every job, so both are made once.
package struct ServiceID: Hashable, Sendable, CustomStringConvertible {
    private final class Storage: Sendable {
        let space: Space
        let name: String
        let lanes: (interactive: String, batch: String)
        let hash: Int

        init(_ space: Space, _ name: String) {
            self.space = space
            self.name = name
            let keys = SpaceKeys(space)
            lanes = (keys.jobs(name, .interactive), keys.jobs(name, .batch))
            var hasher = Hasher()
            hasher.combine(space)
            hasher.combine(name)
            hash = hasher.finalize()
        }
    }

    private let storage: Storage

    package var space: Space { storage.space }
    package var name: String { storage.name }

    package init(space: Space, name: String) {
        storage = Storage(space, name)
    }

    /// Reads the form that pool keys hold: `namespace:dataspace service`.
    package init?(member: some StringProtocol) {
        let parts = member.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let space = Space(parts[0]), Name.isValid(String(parts[1])) else { return nil }
        self.init(space: space, name: String(parts[1]))
    }

    /// The key of a lane's stream.
    func key(of lane: Lane) -> String { lane == .interactive ? storage.lanes.interactive : storage.lanes.batch }

    /// `namespace:dataspace service`
    package var member: String { "\(space) \(name)" }
    package var description: String { "\(space)/\(name)" }

    package static func == (left: ServiceID, right: ServiceID) -> Bool {
        left.storage === right.storage
            || (left.storage.hash == right.storage.hash && left.name == right.name && left.space == right.space)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }
}
