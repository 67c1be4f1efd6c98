import Testing

@testable import LoadDriver

struct ProgressLineTests {
    private let figures = LiveFigures(
        phase: .measuring,
        elapsed: 3.2,
        length: 10,
        rate: 10_369,
        inFlight: 64,
        p50: 5_739,
        p99: 12_730,
        answered: 30_000,
        errors: 2
    )

    @Test func `all of it where there is room`() {
        let line = ProgressLine(figures, extra: "queue 1,024").text(width: 120)
        #expect(line == "3/10 s  10,369/s  64 in flight  p50 5.74 ms  p99 12.7 ms  2 errors  queue 1,024")
    }

    @Test(arguments: 0...120)
    func `never wider than the terminal, and the rate goes last`(width: Int) {
        let line = ProgressLine(figures, extra: "queue 1,024").text(width: width)
        #expect(line.count <= width)
        #expect(width < 8 || line.contains("10,369/s"))
        #expect(width < 18 || line.contains("errors"))
    }
}
