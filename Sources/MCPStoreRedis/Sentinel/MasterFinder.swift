import NIOConcurrencyHelpers
import NIOCore

/// Asks Sentinels where the master is: in turn, each with a deadline, the one that answered last first.
///
/// The connection to that one is kept for the next question, and for ``moved(from:)``.
final class MasterFinder: Sendable {
    private struct State {
        var order: [RedisEndpoint]
        var links: [RedisEndpoint: SentinelLink] = [:]
        /// How often it was asked whether the master has moved.
        var looks = 0
    }

    /// After so many questions another Sentinel is asked first: one that is cut off from the others names an old master for ever.
    static let looksAtOne = 10

    private let group: SentinelGroup
    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private let state: NIOLockedValueBox<State>

    /// `nil` where the configuration names the server itself.
    init?(_ configuration: RedisConfiguration, eventLoop: any EventLoop) {
        guard let group = configuration.sentinels else { return nil }
        self.group = group
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.state = NIOLockedValueBox(State(order: group.sentinels))
    }

    /// The bound for connecting to one Sentinel, and for its answer: all can be asked within the socket timeout.
    private var patience: Duration {
        max(self.configuration.socketTimeout / (self.group.sentinels.count + 1), .milliseconds(100))
    }

    /// Where the master is, by the first Sentinel that says so.
    /// - Throws: what every one of them said, in one line.
    func find() async throws(RedisError) -> RedisEndpoint {
        var failures: [RedisError] = []
        for sentinel in self.state.withLockedValue({ $0.order }) {
            do throws(RedisError) {
                let address = try await self.ask(sentinel)
                self.keepOnly(sentinel)
                return address
            } catch {
                failures.append(error)
            }
            if Task.isCancelled { break }
        }
        throw self.summary(of: failures)
    }

    /// Where the master is now, if most of the Sentinels agree that it is elsewhere: a failover that did not reach us, because
    /// the old master was stopped or cut off and cannot close our connection. `nil` where it is, or may be, where it was.
    ///
    /// One Sentinel is asked, the others only if it says so: right after a failover some have not heard of it yet. Now and then it is
    /// another one.
    func moved(from endpoint: RedisEndpoint) async -> RedisEndpoint? {
        var votes: [RedisEndpoint: Int] = [:]
        let needed = self.group.sentinels.count / 2 + 1
        let order = self.state.withLockedValue { state in
            state.looks += 1
            if state.looks % Self.looksAtOne == 0 { state.order.append(state.order.removeFirst()) }
            return state.order
        }
        for sentinel in order {
            do throws(RedisError) {
                let address = try await self.ask(sentinel)
                if votes.isEmpty { self.keepOnly(sentinel) }
                if votes.isEmpty, address == endpoint { return nil }
                votes[address, default: 0] += 1
                if address != endpoint, votes[address, default: 0] >= needed {
                    // It is asked first where to connect to.
                    self.keepOnly(sentinel)
                    return address
                }
            } catch {
                // One that does not answer has no vote.
            }
            if Task.isCancelled { return nil }
        }
        return nil
    }

    /// Closes the connections.
    func close() {
        let links = self.state.withLockedValue { state in
            defer { state.links = [:] }
            return state.links.values
        }
        for link in links { link.close() }
    }

    private func ask(_ sentinel: RedisEndpoint) async throws(RedisError) -> RedisEndpoint {
        do {
            let link = try await self.link(to: sentinel)
            let question = RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.group.master)
            return try self.address(in: try await link.ask(question, timeout: self.patience), from: sentinel)
        } catch {
            self.state.withLockedValue { $0.links.removeValue(forKey: sentinel) }?.close()
            throw RedisError.connecting(to: sentinel.description, error)
        }
    }

    private func link(to sentinel: RedisEndpoint) async throws -> SentinelLink {
        if let link = self.state.withLockedValue({ $0.links[sentinel] }) { return link }
        let link = try await SentinelLink.open(
            sentinel,
            of: self.group,
            self.configuration,
            timeout: self.patience,
            on: self.eventLoop
        )
        self.state.withLockedValue { $0.links[sentinel] = link }
        return link
    }

    /// This one answered: it is asked first the next time, and only its connection is kept.
    private func keepOnly(_ sentinel: RedisEndpoint) {
        let others = self.state.withLockedValue { state in
            state.order.removeAll { $0 == sentinel }
            state.order.insert(sentinel, at: 0)
            let others = state.links.filter { $0.key != sentinel }
            state.links = state.links.filter { $0.key == sentinel }
            return others.values
        }
        for link in others { link.close() }
    }

    private func address(in reply: RESPReply, from sentinel: RedisEndpoint) throws(RedisError) -> RedisEndpoint {
        if let text = reply.errorMessage {
            let error = RedisError.server(text, runsScript: false)
            switch error.serverCode {
            case "NOAUTH":
                throw RedisError(
                    .authenticationFailed,
                    "\(sentinel) requires a password: add ?sentinel_password=… to the URL",
                    serverCode: error.serverCode
                )
            case "NOPERM":
                throw RedisError(
                    .authenticationFailed,
                    "\(sentinel) does not let us ask: its user needs +sentinel|get-master-addr-by-name",
                    serverCode: error.serverCode
                )
            default:
                throw RedisError(
                    .unreachable,
                    "\(sentinel) cannot say (\(error.message)); is it a Sentinel?",
                    serverCode: error.serverCode
                )
            }
        }
        if reply.isNull {
            throw RedisError(.badConfiguration, "\(sentinel) watches no master of that name; is the name in the URL right?")
        }
        guard let parts = reply.array, parts.count == 2, let host = parts[0].string, let port = parts[1].integer,
            !host.isEmpty, (1...65_535).contains(port)
        else { throw RedisError(.unexpectedReply, "\(sentinel) answered with something unexpected; is it a Sentinel?") }
        return .tcp(host: host, port: port)
    }

    private func summary(of failures: [RedisError]) -> RedisError {
        let codes = Set(failures.map(\.code))
        let reasons = failures.map(\.message).joined(separator: "; ")
        // What waiting does not heal is said at once, but only where all of them say it.
        let code = codes.count == 1 ? codes.first ?? .unreachable : .unreachable
        return RedisError(code, "no Sentinel says where master '\(self.group.master)' is: \(reasons)")
    }
}
