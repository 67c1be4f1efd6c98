import ArgumentParser
import MCPStoreQueue

/// How much somebody may ask of the gateways.
struct LimitArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Requests that may come over a longer time, over all gateways: 100 a second, or 600/m, 1000/h.",
            valueName: "rate"
        ),
        transform: Self.rate
    )
    var rate: Double?

    @Option(help: ArgumentHelp("Requests that may come at once. (default: those of one second)", valueName: "n"))
    var burst: Int?

    @Option(
        help: ArgumentHelp("Requests that may be unanswered at the same time, over all gateways.", valueName: "n")
    )
    var inFlight: Int?

    func validate() throws {
        guard burst == nil || rate != nil else { throw ValidationError("--burst belongs to a --rate") }
        guard limits?.isValid != false else {
            throw ValidationError("--rate must be from 1/d to 1000000, --burst and --in-flight from 1 to 1000000")
        }
    }

    /// `nil`: nothing is said.
    var limits: AccessLimits? {
        let limits = AccessLimits(rate: rate, burst: burst, inFlight: inFlight)
        return limits.isEmpty ? nil : limits
    }

    static func rate(_ text: String) throws -> Double {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let units: [Substring: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard (1...2).contains(parts.count), let number = Double(parts[0]), number.isFinite, number > 0,
            let seconds = parts.count == 1 ? 1 : units[parts[1]]
        else { throw ValidationError("'\(text.prefix(40))' is no rate: write 100, 100/s, 600/m or 1000/h") }
        return number / seconds
    }
}
