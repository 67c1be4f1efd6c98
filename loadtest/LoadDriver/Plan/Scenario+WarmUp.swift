extension Scenario {
    /// The calls before the measurement, as a run of its own: the load as it begins, and other calls than those that are measured.
    ///
    /// `nil` where none are wanted, or none are due: a ramp from 0 begins with nothing.
    package var warmUpRun: Scenario? {
        guard warmUp > 0 else { return nil }
        var run = self
        run.load = load.warmUp
        if case .constant(let rate) = run.load, rate < Self.lowestRate { return nil }
        (run.warmUp, run.seconds, run.seed) = (0, max(warmUp, Self.shortest), ~seed)
        return run
    }
}
