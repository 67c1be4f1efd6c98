/// What a worker says about itself when it registers.
package struct WorkerIdentity: Sendable {
    /// Unique for every registration.
    package var id: String
    package var host: String
    package var process: Int
    package var version: String
    /// Spaces whose services it takes.
    package var spaces: [SpacePattern]
    package var labels: [String: String]
    /// Jobs that it runs at the same time.
    package var slots: Int

    package init(
        id: String,
        host: String,
        process: Int,
        version: String,
        spaces: [SpacePattern],
        labels: [String: String],
        slots: Int
    ) {
        self.id = id
        self.host = host
        self.process = process
        self.version = version
        self.spaces = spaces
        self.labels = labels
        self.slots = slots
    }

    /// Fields and values of its hash, apart from what changes.
    package var fields: [(String, String)] {
        [
            ("host", host), ("pid", String(process)), ("version", version), ("slots", String(slots)),
            ("spaces", spaces.map(\.description).joined(separator: " ")),
            ("labels", labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")),
        ]
    }
}
