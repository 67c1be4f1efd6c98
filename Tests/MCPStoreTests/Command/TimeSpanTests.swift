import ArgumentParser
import Testing

@testable import Command

struct TimeSpanTests {
    @Test(arguments: [
        ("500ms", 500), ("10s", 10_000), ("2m", 120_000), ("1h", 3_600_000), ("1.5s", 1500), ("1ms", 1), ("0.5m", 30_000),
        ("168h", 604_800_000),
    ])
    func `Durations are written with their unit`(text: String, milliseconds: Int) throws {
        #expect(try TimeSpan(text).milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "10", "s", "-1s", "+1s", "0s", "0.1ms", "1d", "10 s", "1e400s", "nans", "infs", "169h", "1S", "s10", "0x10s", "1,5s",
    ])
    func `Anything else is refused`(text: String) {
        #expect(throws: ValidationError.self) { try TimeSpan(text) }
    }

    @Test func `Durations in tables are short`() {
        #expect(Duration.microseconds(850).tableText == "850 µs")
        #expect(Duration.microseconds(12_345).tableText == "12.3 ms")
        #expect(Duration.milliseconds(4200).tableText == "4.2 s")
        #expect(Duration.seconds(180).tableText == "3 min")
    }

    @Test func `Columns of tables are aligned and empty cells are marked`() {
        var table = Table("A", "LONG", "Z")
        table.add("xxx", "", "last one")
        #expect(table.text == "A    LONG  Z\nxxx  -     last one")
    }
}
