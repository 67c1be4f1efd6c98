import NIOCore
import NIOPosix
import Testing

@testable import MCPStoreQueue

/// What only a queue in memory does: placement, recovery and delayed jobs without a coordinator.
@Suite(.timeLimit(.minutes(5))) struct MemoryWorkQueueTests {
    private func makeHub() async throws -> (MemorySpace, MemoryRegistry, ServiceID) {
        let space = try Space(namespace: "n", dataspace: "d")
        let hub = MemorySpace(space, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent)
        let registry = MemoryRegistry(hub)
        _ = try await registry.put([(name: "svc", configuration: ByteBuffer(string: "{}"), expected: 0)], by: "test")
        return (hub, registry, ServiceID(space: space, name: "svc"))
    }

    private func makeWorker(
        _ hub: MemorySpace,
        _ services: [ServiceID],
        run: @escaping @Sendable (Delivery) -> Outcome? = TestWorker.answer
    ) async throws -> TestWorker {
        let queue = MemoryWorkQueue(hub, options: WorkerOptions(pool: Pool(embeddedIn: hub.space), slots: 8))
        return try await TestWorker(queue, services: services, run: run)
    }

    @Test func `every service of the space is placed on its worker, and taken away when it is removed`() async throws {
        let (hub, registry, service) = try await makeHub()
        let worker = try await makeWorker(hub, [])
        #expect(try await worker.queue.placedServices() == [service])
        let other = ServiceID(space: hub.space, name: "other")
        _ = try await registry.put([(name: "other", configuration: ByteBuffer(string: "{}"), expected: 0)], by: "test")
        #expect(try await registry.remove("svc"))
        await hub.restart("other")
        let controls = worker.events.all.compactMap { event -> ControlMessage? in
            if case .control(let message) = event { message } else { nil }
        }
        #expect(controls == [.place(other), .unplace(service), .restart(other)])
        #expect(try await worker.queue.placedServices() == [other])
        await worker.stop()
    }

    @Test func `what a worker leaves is run again only where that does no harm, and not for ever`() async throws {
        let (hub, _, service) = try await makeHub()
        let caller = MemoryJobQueue(hub, caller: "c")
        let harmless = Task { await caller.call(caller.job(service, again: true)) }
        let harmful = Task { await caller.call(caller.job(service)) }
        for death in 1...3 {
            let worker = try await makeWorker(hub, [service], run: { _ in nil })
            #expect(await worker.started(death == 1 ? 2 : 1))
            #expect(worker.holding.allSatisfy { $0.job.deaths == death - 1 && $0.job.attempt == death })
            await worker.stop()
        }
        let ends = (await harmful.value, await harmless.value)
        #expect(ends.0.kind == .interrupted && ends.0.text?.contains("may have taken effect") == true)
        #expect(ends.1.kind == .interrupted && ends.1.text?.contains("poison: 3 workers died") == true)
        #expect(await hub.deadLetters.count == 1)
        #expect(try await MemoryRegistry(hub).stats(["echo"])["echo"]?.retries == 2)
        await caller.close()
    }

    @Test func `a delayed job comes back when it is due, and not before`() async throws {
        let (hub, _, service) = try await makeHub()
        let caller = MemoryJobQueue(hub, caller: "c")
        let worker = try await makeWorker(hub, [service]) { $0.job.attempt == 1 ? nil : TestWorker.answer($0) }
        let task = Task { await caller.call(caller.job(service)) }
        #expect(await worker.started(1))
        let delivery = try #require(worker.holding.first)
        let due = hub.clock.now() / 1000 + 50
        worker.queue.settle(Settlement(delivery, .delay(reason: "test", attempt: 2, deaths: 0, due: due)))
        #expect(await task.value.kind == .ok)
        #expect(hub.clock.now() / 1000 >= due)
        await worker.stop()
    }

    @Test func `two workers share the work of a service`() async throws {
        let (hub, _, service) = try await makeHub()
        let caller = MemoryJobQueue(hub, caller: "c")
        let workers = [
            try await makeWorker(hub, [service], run: { _ in nil }), try await makeWorker(hub, [service], run: { _ in nil }),
        ]
        let tasks = (0..<8).map { _ in Task { await caller.call(caller.job(service)) } }
        for worker in workers { #expect(await worker.started(4)) }
        #expect(await hub.workerRecords().map(\.running) == [4, 4])
        for worker in workers { for delivery in worker.holding { worker.finish(delivery) } }
        for task in tasks { #expect(await task.value.kind == .ok) }
        for worker in workers { await worker.stop() }
        #expect(await hub.workerRecords().isEmpty)
    }

    /// A worker that gives everything back must not keep the event loop to itself.
    @Test func `a job that is given back again and again leaves room for others`() async throws {
        let (hub, _, service) = try await makeHub()
        let caller = MemoryJobQueue(hub, caller: "c")
        let queue = MemoryWorkQueue(hub, options: WorkerOptions(pool: Pool(embeddedIn: hub.space)))
        try await queue.start(
            WorkQueueHandlers(
                start: { queue.settle(Settlement($0, .move(reason: "no session", attempt: 1, deaths: 0))) },
                cancel: { _ in },
                control: { _ in },
                leaseLost: { _ in },
                registered: { _ in }
            )
        )
        await queue.open(service, limit: 100)
        let task = Task { await caller.call(caller.job(service, timeout: 200)) }
        // Whoever sees first that its time is over says it.
        let kind = try #require(await task.value.kind)
        #expect([.unavailable, .timedOut].contains(kind))
        #expect(try await MemoryRegistry(hub).stats(["echo"])["echo"]?.outcomes == [kind: 1])
        await queue.stop()
    }

    @Test func `a service that is taken over keeps its version and takes calls, and what is counted can be taken elsewhere`()
        async throws
    {
        let (hub, registry, _) = try await makeHub()
        let document = ServiceDocument(name: "a", version: 7, updated: "", by: "x", configuration: ByteBuffer(string: "{}"))
        await hub.load([.init(document: document, toolKeys: ["t": "t"], isElsewhere: false)], trouble: "")
        #expect(try await registry.put([(name: "a", configuration: ByteBuffer(string: "{}"), expected: 7)], by: "y") == [8])
        let service = ServiceID(space: hub.space, name: "a")
        let caller = MemoryJobQueue(hub, caller: "c")
        let worker = try await makeWorker(hub, [service])
        #expect(await caller.call(caller.job(service, "t")).kind == .ok)
        #expect(await hub.takeStats().tools["t"]?.outcomes == [.ok: 1])
        #expect(try await registry.stats(["t"]).isEmpty)
        await worker.stop()
    }

    @Test func `closing everything ends what runs and what waits`() async throws {
        let (hub, _, service) = try await makeHub()
        let caller = MemoryJobQueue(hub, caller: "c")
        let worker = try await makeWorker(hub, [service], run: { _ in nil })
        let tasks = (0..<20).map { _ in Task { await caller.call(caller.job(service)) } }
        #expect(await worker.started(8))
        await caller.close()
        for task in tasks { #expect(await task.value.code == .stopped) }
        await hub.cancelAll()
        #expect(worker.holding.isEmpty)
        #expect(await worker.queue.running == 0)
        #expect(await caller.call(caller.job(service)).code == .stopped)
        await worker.stop()
    }
}
