/// The ids of the jobs of a batch that was uploaded: they say which call of it they are, and their outcomes go into the stream of its
/// answers, which is the inbox `b-{batch}`.
package enum UploadJob {
    /// The inbox of a batch.
    package static func inbox(of batch: String) -> String { "b-\(batch)" }

    /// - Parameters:
    ///   - index: The place of the call in the batch, from 0.
    ///   - round: 1, and one more with each retry.
    package static func id(of batch: String, index: Int, round: Int) -> String {
        round == 1 ? "b-\(batch)-\(index)" : "b-\(batch)-\(index).\(round)"
    }

    /// The place of the call in the batch; `nil` for what is no id of the batch.
    static func index(of job: String, in batch: String) -> Int? {
        let prefix = "b-\(batch)-"
        guard job.hasPrefix(prefix) else { return nil }
        let digits = job.dropFirst(prefix.count).prefix { $0 != "." }
        return Int(digits).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// The round in which a call of a batch was asked, from 1.
    package static func round(of job: String) -> Int { job.split(separator: ".").last.flatMap { Int($0) } ?? 1 }

    /// Whether a name may be the id of a batch: 1 to 100 of `A-Z a-z 0-9 . _ -`.
    package static func isBatch(_ id: String) -> Bool { id.utf8.count <= 100 && Name.isValid(id) }
}
