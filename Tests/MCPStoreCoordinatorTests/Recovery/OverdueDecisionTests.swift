import MCPStoreQueue
import Testing

@testable import MCPStoreCoordinator

@Suite struct OverdueDecisionTests {
    private func outcome(_ state: ServiceState?) throws -> (OutcomeKind, Reason) {
        let outcome = OverdueDecision.outcome(for: try Samples.delivery(again: true, attempt: 2).job, state: state)
        #expect(outcome.attempt == 2)
        #expect(outcome.waited == nil && outcome.ran == nil)
        return (outcome.kind, Reason(payload: outcome.payload))
    }

    @Test(arguments: [ServiceStatus.healthy, .warning]) func `of a service that answers it is timed out`(_ status: ServiceStatus)
        throws
    {
        var state = ServiceState.none
        state.status = status
        state.reason = "slowed down until noon"
        let (kind, reason) = try outcome(state)
        #expect(kind == .timedOut)
        #expect(reason.phase == "waiting")
        #expect(reason.message.contains("60.0 s"))
        // What holds it up is said, and that the workers were busy only where nothing else is known.
        #expect(reason.message.contains("slowed down until noon") == (status == .warning))
        #expect(reason.message.contains("busy") == (status == .healthy))
    }

    @Test(
        arguments: [
            ServiceStatus.initializing, .reconnecting, .unreachable, .disconnecting, .disconnected,
            ServiceStatus(rawValue: "newer"),
        ]
    ) func `of a service in any other state it is unavailable, with the state as the reason`(_ status: ServiceStatus) throws {
        var state = ServiceState.none
        state.status = status
        state.reason = "exit code 3"
        let (kind, reason) = try outcome(state)
        #expect(kind == .unavailable)
        #expect(reason.phase == "waiting")
        #expect(reason.message.contains("\(status), exit code 3"))
    }

    @Test func `of a service that nobody ever hosted it is unavailable`() throws {
        let (kind, reason) = try outcome(nil)
        #expect(kind == .unavailable)
        #expect(reason.message.contains("no worker hosts it yet"))
    }
}
