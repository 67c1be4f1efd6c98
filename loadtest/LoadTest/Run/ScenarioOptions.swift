import ArgumentParser
import LoadDriver

/// Which scenario to run, with what is different this time.
struct ScenarioOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A scenario of loadtest/scenarios, or the path of a file.", valueName: "name"))
    var scenario: String?

    @Option(help: ArgumentHelp("The Redis to use: redis://host:port or unix:///path. (default: a private one)", valueName: "url"))
    var redis: String?

    @Option(help: ArgumentHelp("How long to measure.", valueName: "s"))
    var seconds: Double?

    @Option(help: ArgumentHelp("How long to call before.", valueName: "s"))
    var warmUp: Double?

    @Option(help: ArgumentHelp("A closed loop of so many callers.", valueName: "n"))
    var callers: Int?

    @Option(help: ArgumentHelp("An open loop of so many calls a second.", valueName: "n"))
    var rate: Double?

    @Option(help: ArgumentHelp("Bytes of the arguments of each call.", valueName: "n"))
    var payload: Int?

    @Option(help: ArgumentHelp("Worker processes.", valueName: "n"))
    var workers: Int?

    func validate() throws {
        if callers != nil, rate != nil { throw ValidationError("--callers and --rate are two ways to call: give one of them") }
    }

    /// - Throws: ``LoadTestError``, `ScenarioError`.
    func load() throws -> Scenario {
        var scenario = try ScenarioFiles.load(scenario ?? "")
        if let seconds { scenario.seconds = seconds }
        if let warmUp { scenario.warmUp = warmUp }
        if let callers {
            scenario.load = .closed(callers: callers)
            // Who asks for so many callers wants them in flight.
            scenario.mostInFlight = max(scenario.mostInFlight, min(callers, 1_000_000))
        }
        if let rate { scenario.load = .constant(rate: rate) }
        if let workers { scenario.workers = workers }
        if let payload { for index in scenario.mix.indices { scenario.mix[index].payload = payload } }
        try scenario.validate()
        return scenario
    }
}
