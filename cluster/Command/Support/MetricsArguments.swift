import ArgumentParser

/// Where a process that answers no clients shows how it is.
struct MetricsArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Serve /metrics, /healthz and /readyz on this port; 0 for a free one. (default: not at all)",
            valueName: "n"
        )
    )
    var metricsPort: Int?

    @Option(help: ArgumentHelp("The address for --metrics-port. It asks nobody who he is.", valueName: "address"))
    var metricsHost = "127.0.0.1"

    func validate() throws {
        if let metricsPort, !(0...65_535).contains(metricsPort) {
            throw ValidationError("--metrics-port must be from 0 to 65535")
        }
    }
}
