import Dispatch

/// The machine's clock, and strict Dispatch timers, each on a serial queue of its own.
package struct DispatchTimeSource: LoadTime {
    package init() {}

    package func now() -> UInt64 {
        DispatchTime.now().uptimeNanoseconds
    }

    package func timer(_ label: String, _ action: @escaping @Sendable () -> Void) -> any LoadTimer {
        StrictTimer(label: label, action)
    }
}
