import NIOCore

/// Whether a result holds the echo of a text of `x`.
enum EchoAnswer {
    /// - Parameter length: Of the arguments `{"text":"…"}`.
    static func holds(_ result: ByteBuffer, length: Int) -> Bool {
        let wanted = length - "{\"text\":\"\"}".utf8.count
        return result.withUnsafeReadableBytes { bytes in
            // The longest run of `x` is the text: nothing else of a result has so many.
            var run = 0
            for byte in bytes {
                if byte == UInt8(ascii: "x") {
                    run += 1
                } else if run >= wanted, run > 1 {
                    return run == wanted
                } else {
                    run = 0
                }
            }
            return wanted <= 1
        }
    }
}
