import Logging
import MCPStoreQueue
import NIOCore
import TestSupport
import Testing

struct JobLogTests {
    @Test func `A line about a job has its trace, and no keys but those that are enumerated`() throws {
        let recorder = LogRecorder()
        let space = try Space(namespace: "a", dataspace: "b")
        var job = Job(
            id: "c-1",
            service: ServiceID(space: space, name: "s"),
            name: "secret",
            parameters: ByteBuffer(string: "{}")
        )
        job.trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 vendor=1"
        recorder.logger.log(.info, "it runs", of: job, [.deaths: "2"])
        job.trace = ""
        recorder.logger.log(.info, "it runs", of: job)
        let trace = "trace_id=0af7651916cd43dd8448eb211c80319c"
        #expect(
            recorder.lines.map(\.text) == [
                "it runs attempt=1 deaths=2 job=c-1 service=a:b/s \(trace)", "it runs attempt=1 job=c-1 service=a:b/s",
            ]
        )
        var quiet = recorder.logger
        quiet.logLevel = .warning
        quiet.log(.info, "nothing", of: job)
        #expect(recorder.lines.count == 2)
    }
}
