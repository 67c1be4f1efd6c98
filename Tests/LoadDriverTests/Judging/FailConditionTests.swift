import Testing

@testable import LoadDriver

struct FailConditionTests {
    private static let sample: LoadReport = {
        var report = Samples.report(outcomes: ["ok": 990, "busy": 10])
        report.redis = RedisFigures(cpuMicrosecondsPerCall: 25)
        return report
    }()

    /// Of the sample: p50 500 ms, p99 990 ms, max 1 s; queued a tenth of it; 10 errors; rate 100.
    @Test(arguments: [
        ("p99>5ms", true), ("p99>2s", false), ("p99 < 2s", true), ("errors>0", true), ("errors>10", false), ("errors>=10", true),
        ("rate<1000", true), ("rate<100", false), ("rate<=100", true), ("queued.p99>=2ms", true), ("queued.p99>=100ms", false),
        ("max>1s", false), ("max>=1s", true), ("redisCPU>20us", true), ("redisCPU>20µs", true), ("redisCPU>26000ns", false),
        ("total.p50>499ms", true), ("total.p50>501ms", false), ("notStarted>0", false), ("run.max<0.5s", false),
    ])
    func `a condition holds or not`(text: String, isViolated: Bool) throws {
        let violation = try FailCondition(text).evaluate(Self.sample)
        #expect((violation != nil) == isViolated, "\(violation ?? "")")
    }

    @Test func `a violation says what it is`() throws {
        #expect(try FailCondition("p99>5ms").evaluate(Self.sample) == "p99>5ms: it is 990 ms")
        #expect(try FailCondition("errors>0").evaluate(Self.sample) == "errors>0: it is 10")
    }

    @Test(arguments: ["lateness.p99>1s", "workerCPU>1s", "redisCommands>1000", "lateness.p99<1s"])
    func `what the report does not have is a violation`(text: String) throws {
        #expect(try #require(try FailCondition(text).evaluate(Self.sample)).contains("the report has no"))
    }

    @Test func `a condition of a figure that there is not does not hold, whatever it says`() throws {
        #expect(try FailCondition("p99<2s").holds(in: Self.sample))
        #expect(try !FailCondition("p99>2s").holds(in: Self.sample))
        for text in ["lateness.p99<1s", "lateness.p99>=0s"] {
            #expect(try !FailCondition(text).holds(in: Self.sample))
        }
    }

    @Test(arguments: [
        ("p98>5ms", "names \"p98\", which is no figure"), ("p99", "has none of <, <=, >, >="), ("p99>5", "has no unit"),
        ("p99>5min", "has the unit \"min\""), ("errors>1ms", "errors is a plain number"), (">1", "names no figure"),
        ("errors>", "has no number"), ("errors>=-1", "has no number"), ("a.p99>1s", "no figure"),
        ("queued.x.p99>1s", "no figure"),
        ("errors==0", "has none of"), ("rate<1/s", "has the unit \"/s\""), ("queued.rate>1", "no figure"),
    ])
    func `anything else is an error that lists the figures`(text: String, reason: String) {
        #expect {
            try FailCondition(text)
        } throws: { error in
            let message = "\(error)"
            return message.contains(reason) && message.contains("redisCPU") && message.contains("p9999")
                && message.contains("lateness")
        }
    }
}
