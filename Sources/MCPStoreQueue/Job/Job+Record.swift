import Crypto
import NIOCore

extension Job {
    /// The job as it is submitted with its idempotency key: with the id of the key's record, and, where the key is used so, the
    /// consent to run it again.
    func recorded() -> Job {
        var job = self
        job.record = Self.record(service: service.name, method: method, name: name, key: idempotency)
        if keyUse == .again { job.mayRunAgain = true }
        return job
    }

    /// The record of an idempotency key: 32 hexadecimal digits. A key counts for one service, method and name.
    package static func record(service: String, method: String, name: String, key: String) -> String {
        var hash = SHA256()
        for part in [service, method, name, key] {
            hash.update(data: Array(part.utf8))
            hash.update(data: [0])
        }
        return hash.finalize().prefix(16).hexadecimal
    }

    /// The SHA-256 of the parameters in hexadecimal: what tells one use of a key from another.
    package var parametersHash: String {
        var hash = SHA256()
        parameters.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        return hash.finalize().hexadecimal
    }
}
