/// One line of a plot.
struct PlotLine: Sendable {
    var name: String
    /// The class that gives it its color: a leg, or `errors`, `p50`, `p99`, `rate`.
    var style: String
    /// For the run that this one is compared with.
    var isDashed = false
    /// Whether the area below is filled.
    var isFilled = false
    var points: [(x: Double, y: Double)]
}
