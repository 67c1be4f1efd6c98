import MCPStore
import MCPStoreQueue

/// The samples of the spaces that are open: each is read at most once a second, however many ask.
actor SpaceSamples {
    /// How long a sample is good.
    static let lifetime = Duration.seconds(1)

    private var samples: [Space: (read: ContinuousClock.Instant, task: Task<SpaceSample?, Never>)] = [:]

    /// The sample of each space, `nil` where it cannot be read.
    func read(_ stores: [(space: Space, store: MCPStore)]) async -> [(space: Space, sample: SpaceSample?)] {
        let now = ContinuousClock.now
        let open = Set(stores.map(\.space))
        samples = samples.filter { open.contains($0.key) }
        for (space, store) in stores where samples[space].map({ now - $0.read >= Self.lifetime }) ?? true {
            let context = store.forStore()
            let task = Task { () async -> SpaceSample? in
                do { return try await context.sample() } catch { return nil }
            }
            samples[space] = (now, task)
        }
        let reading = stores.compactMap { entry in samples[entry.space].map { (entry.space, $0.task) } }
        var result: [(space: Space, sample: SpaceSample?)] = []
        for (space, task) in reading { result.append((space, await task.value)) }
        return result
    }
}
