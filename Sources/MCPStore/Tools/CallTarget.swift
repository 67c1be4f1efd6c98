import MCPStoreQueue

/// All that a call of one tool (or prompt) needs to know, made once when the registry changes.
package final class CallTarget: Sendable {
    /// The service as it is stored.
    package let service: ServiceID
    /// The name that the caller has for the service.
    package let serviceName: String
    /// The tool's own name.
    package let tool: String
    /// The key under which it is counted.
    package let toolKey: String
    /// Whether a call may be run again after it may have been started.
    package let mayRunAgain: Bool
    /// The deadline of calls that bring none of their own, in milliseconds.
    package let timeout: Int
    /// How long calls may wait for their start, and one start may run, in milliseconds; 0: as long as they may take.
    package let waitLimit: Int
    package let runLimit: Int
    /// Jobs of a lane above which calls are refused; 0: as the process says.
    package let queueLimit: Int
    /// Whether its service is disabled: nobody runs it.
    package let isDisabled: Bool
    /// Whether an operator has it take no new calls.
    package let isDraining: Bool
    /// Whether it is not as it was approved, and held back.
    package let isHeld: Bool

    /// Whether a call of it is refused.
    var takesNoCalls: Bool { isDisabled || isDraining || isHeld }

    /// - Parameter serviceName: By default the stored name.
    package init(
        service: ServiceID,
        serviceName: String? = nil,
        tool: String,
        toolKey: String,
        mayRunAgain: Bool = false,
        timeout: Int = 60_000,
        waitLimit: Int = 0,
        runLimit: Int = 0,
        queueLimit: Int = 0,
        isDisabled: Bool = false,
        isDraining: Bool = false,
        isHeld: Bool = false
    ) {
        self.service = service
        self.serviceName = serviceName ?? service.name
        self.tool = tool
        self.toolKey = toolKey
        self.mayRunAgain = mayRunAgain
        self.timeout = timeout
        self.waitLimit = waitLimit
        self.runLimit = runLimit
        self.queueLimit = queueLimit
        self.isDisabled = isDisabled
        self.isDraining = isDraining
        self.isHeld = isHeld
    }

    /// `service_tool`
    package var qualifiedName: String { "\(serviceName)_\(tool)" }
}
