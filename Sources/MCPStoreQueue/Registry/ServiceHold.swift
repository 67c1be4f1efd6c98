/// What an operator has told a service to do, apart from its configuration: a member of its document. A service without one runs.
package enum ServiceHold: String, Sendable, Hashable {
    /// Calls are accepted and wait, none is started.
    case paused
    /// New calls are refused; what was accepted runs.
    case draining
}
