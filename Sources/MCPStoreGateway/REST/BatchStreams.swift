import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreQueue
import NIOCore

/// What goes on with a batch, as it goes.
enum BatchStreams {
    private static let look = Duration.seconds(1)

    /// The batch as events: now, after each change, and at its end, which is the last.
    ///
    /// - Throws: ``Problem`` 429 where the principal follows too much already.
    static func events(of first: RESTBatch, _ call: RESTCall) throws(Problem) -> ResponseBody {
        let place = try call.follow()
        return ResponseBody { writer in
            defer { place.end() }
            var heard = ContinuousClock.now
            try await writer.write(EventStream.event(first.json.buffer))
            var batch = first
            while !batch.hasEnded {
                let before = batch.record
                do {
                    try await call.waiting.run { try await Task.sleep(for: look) }
                    batch = try await RESTBatch.find(call)
                } catch let error as MCPStoreError where error.code == .redis {
                    // Redis is away: that changes nothing of the batch.
                    continue
                } catch {
                    // The client, the gateway or the record goes away: whoever wants to know more asks again.
                    break
                }
                if batch.record != before {
                    heard = .now
                    try await writer.write(EventStream.event(batch.json.buffer))
                } else if ContinuousClock.now - heard >= Exchange.quietTime {
                    heard = .now
                    try await writer.write(EventStream.keepAlive)
                }
            }
            try await writer.finish(nil)
        }
    }

    /// The answers that there are, a line each.
    ///
    /// - Parameter follows: Whether it goes on until the batch has ended.
    /// - Throws: ``Problem`` 429 where it goes on, and the principal follows too much already.
    static func answers(of first: RESTBatch, _ call: RESTCall, follows: Bool) throws(Problem) -> ResponseBody {
        let id = first.record.id
        let place = try follows ? call.follow() : nil
        return ResponseBody { writer in
            defer { place?.end() }
            var last = "0-0"
            var batch = first
            while true {
                let page = try await call.context.uploadAnswers(of: id, after: last)
                last = page.last
                if page.lines.readableBytes > 0 { try await writer.write(page.lines) }
                if !page.isEnd { continue }
                // What came before it had ended is there now.
                if batch.hasEnded || !follows { break }
                do {
                    try await call.waiting.run { try await Task.sleep(for: look) }
                    batch = try await RESTBatch.find(call, owns: true)
                } catch let error as MCPStoreError where error.code == .redis {
                    continue
                }
            }
            try await writer.finish(nil)
        }
    }
}
