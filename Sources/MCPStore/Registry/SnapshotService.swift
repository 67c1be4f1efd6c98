import Foundation
import MCPStoreQueue
import MCPStoreWorker
import NIOCore

/// One service as the registry has it: configuration, state, and what it offers.
package struct SnapshotService: Sendable {
    package var id: ServiceID
    /// The name under which it is seen; for a service of the store the stored one.
    package var name: String
    package var document: ServiceDocument
    package var configuration: ServiceConfiguration
    /// The agents that see it, and how each names it; `nil` for a service of the store.
    package var agents: [String: String]?
    package var state: ServiceState
    package var offers: ServiceOffers
    /// What was approved of its tools.
    package var pins: ServicePins

    package var tools: [ToolInfo] { offers.tools }

    package init(
        space: Space,
        document: ServiceDocument,
        state: ServiceState?,
        offers: ServiceOffers,
        pins: ServicePins = ServicePins()
    ) {
        id = ServiceID(space: space, name: document.name)
        name = document.name
        self.document = document
        self.state = state ?? .none
        self.offers = offers
        self.pins = pins
        if pins.mode != .off { self.offers.tools = offers.tools.map { $0.pinned(pins) } }
        // Read apart from the rest: a configuration of another version must not show an agent's service to others.
        agents = JSONMembers(document.configuration)?.value("agents").map {
            $0.objectValue?.compactMapValues(\.stringValue) ?? [:]
        }
        do {
            configuration = try ServiceConfiguration(document)
            showDisabled()
        } catch {
            // Written by another version, or by hand: its workers say what is wrong with it, calls take the defaults.
            configuration = ServiceConfiguration()
        }
    }

    /// Who sees it, and under which name.
    var names: [(scope: Scope, name: String)] {
        guard let agents else { return [(.store, id.name)] }
        return agents.map { (.agent($0.key), $0.value) }
    }

    /// The same service as somebody sees it who calls it `name`.
    func seen(as name: String) -> SnapshotService {
        guard name != self.name else { return self }
        var service = self
        service.name = name
        service.offers.tools = offers.tools.map { $0.seen(as: name) }
        service.offers.resources = offers.resources.map { $0.seen(as: name) }
        service.offers.templates = offers.templates.map { $0.seen(as: name) }
        service.offers.prompts = offers.prompts.map { $0.seen(as: name) }
        return service
    }

    /// The deadline of calls that bring none of their own, in milliseconds.
    var callTimeout: Int {
        (configuration.callTimeoutMs ?? ServiceConfiguration.defaultCallTimeout).clamped(
            to: ServiceConfiguration.allowedCallTimeouts
        )
    }

    /// What is in force for calls of a tool of it.
    func policy(of tool: ToolInfo) -> CallPolicy {
        configuration.policy(of: tool.name, readOnly: tool.isReadOnly == true, idempotent: tool.isIdempotent == true)
    }

    /// What calls of its tools need to know, by somebody who calls the service `name`.
    func toolTargets(as name: String) -> [CallTarget] {
        offers.tools.map { tool in
            let policy = policy(of: tool)
            return CallTarget(
                service: id,
                serviceName: name,
                tool: tool.name,
                toolKey: tool.key,
                mayRunAgain: policy.mayRunAgain.value,
                timeout: policy.total.value,
                waitLimit: policy.waiting.value ?? 0,
                runLimit: policy.running.value ?? 0,
                queueLimit: configuration.maxQueued ?? 0,
                isDisabled: refusesCalls,
                isDraining: document.hold == .draining,
                isHeld: tool.isHeld
            )
        }
    }

    /// The same of its prompts: reading one may be done again.
    func promptTargets(as name: String) -> [CallTarget] {
        offers.prompts.map {
            CallTarget(
                service: id,
                serviceName: name,
                tool: $0.name,
                toolKey: "",
                mayRunAgain: true,
                timeout: callTimeout,
                waitLimit: configuration.waitTimeoutMs ?? 0,
                runLimit: configuration.runTimeoutMs ?? 0,
                queueLimit: configuration.maxQueued ?? 0,
                isDisabled: refusesCalls,
                isDraining: document.hold == .draining
            )
        }
    }
}

/// A service that is stored and hosted by nobody.
extension SnapshotService {
    /// The reason of a service that nobody hosts because it is not to be hosted.
    package static let disabled = "disabled by its configuration"

    /// Whether its configuration says that nobody is to run it.
    package var refusesCalls: Bool { configuration.disabled == true }

    /// Whether it will not become ready by waiting.
    var isDisabled: Bool {
        refusesCalls && (state.workers.isEmpty || state.status == .disconnected)
    }

    private mutating func showDisabled() {
        guard isDisabled, state.workers.isEmpty else { return }
        state.status = .disconnected
        state.reason = Self.disabled
    }
}
