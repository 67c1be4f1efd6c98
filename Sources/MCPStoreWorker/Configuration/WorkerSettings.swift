import Foundation
import MCPStoreProtocol
import MCPStoreQueue

/// How a worker works.
package struct WorkerSettings: Sendable {
    package var options: WorkerOptions
    package var policy: CommandPolicy
    /// What `${VAR}` references are resolved from.
    package var variables: [String: String]
    /// Between two health checks of a service.
    package var healthInterval: Duration
    /// How long running calls may take to finish when the worker is told to stop.
    package var drainGrace: Duration
    /// Servers that are started at the same time.
    package var startsAtOnce: Int
    package var clientInfo: ClientInfo
    package var limits: SessionLimits

    package init(
        options: WorkerOptions,
        policy: CommandPolicy,
        variables: [String: String],
        healthInterval: Duration = .seconds(30),
        drainGrace: Duration = .seconds(25),
        startsAtOnce: Int = 4,
        clientInfo: ClientInfo = .init(name: "mcpstore", version: QueueVersion.current),
        limits: SessionLimits = .init()
    ) {
        self.options = options
        self.policy = policy
        self.variables = variables
        self.healthInterval = healthInterval
        self.drainGrace = drainGrace
        self.startsAtOnce = startsAtOnce
        self.clientInfo = clientInfo
        self.limits = limits
    }

    /// The environment of this process as its services may refer to it: what configures MCPStore, and opens its Redis, is no
    /// business of a service.
    package static var ownVariables: [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MCPSTORE_") }
    }
}
