import MCPStoreProtocol
import NIOCore

/// The requests of one stdio connection: what comes in is answered, many at a time, and can be taken back.
actor StdioSession {
    /// More requests wait until one is answered.
    static let mostRunning = 256

    private let door: FrontDoor
    private let outbound: OutboundMessages
    private var conversation = StdioConversation()
    private var running: [Int: (id: ByteBuffer, task: Task<Void, Never>)] = [:]
    private var last = 0
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(_ door: FrontDoor, _ outbound: OutboundMessages) {
        self.door = door
        self.outbound = outbound
    }

    /// Takes one line.
    func receive(_ line: ByteBuffer) async {
        do throws(ClientMessage.Unreadable) {
            switch try ClientMessage(line) {
            case .request(let request): await begin(request)
            case .notification(let method, let params): notified(method, params)
            case .response: break
            }
        } catch {
            outbound.reply(Reply(id: error.id, error: error.error).message)
        }
    }

    /// A line was longer than is allowed.
    func refuse(_ reason: String) {
        outbound.reply(Reply(id: nil, error: ProtocolError(JSONRPCCode.invalidRequest, "Invalid request: \(reason)")).message)
    }

    private func begin(_ request: ClientRequest) async {
        let era: MCPEra
        do throws(ProtocolError) { era = try conversation.era(of: request) } catch {
            return outbound.reply(Reply(id: request.id, error: error).message)
        }
        while running.count >= Self.mostRunning { await change() }
        last += 1
        let number = last
        let task = Task { [door, outbound] in
            let reply = await door.answer(request, era: era) { outbound.notify($0) }
            // Nobody waits for the answer to a request that was taken back.
            if !Task.isCancelled { outbound.reply(reply.message) }
            self.ended(number)
        }
        running[number] = (request.id, task)
    }

    private func ended(_ number: Int) {
        running[number] = nil
        let waiting = waiters
        waiters = []
        for waiter in waiting { waiter.resume() }
    }

    private func change() async { await withCheckedContinuation { waiters.append($0) } }

    private func notified(_ method: String, _ params: ByteBuffer?) {
        guard method == "notifications/cancelled", let params else { return }
        do {
            guard let id = try RawObject(params)["requestId"] else { return }
            for (_, request) in running where request.id == id { request.task.cancel() }
        } catch {
            // It was read as an object when the message came.
            return
        }
    }

    /// Waits for the requests under way; those that take longer than `grace` are taken back.
    func finish(within grace: Duration) async {
        let limit = Task {
            do { try await Task.sleep(for: grace) } catch { return }
            self.cancelAll()
        }
        while !running.isEmpty { await change() }
        limit.cancel()
    }

    private func cancelAll() {
        for (_, request) in running { request.task.cancel() }
    }
}
