import NIOCore

/// Decimal text of integers without a `String`.
enum DecimalDigits {
    /// The number of characters of `value` in decimal, with a minus sign if it has one.
    static func count(of value: Int) -> Int {
        var count = value < 0 ? 2 : 1
        var rest = value.magnitude
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }

    /// Writes `value` in decimal to the start of `target` and returns the number of bytes written (at most 20).
    static func write(_ value: Int, to target: UnsafeMutableRawBufferPointer) -> Int {
        let count = Self.count(of: value)
        var rest = value.magnitude
        var position = count - 1
        repeat {
            target[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            position -= 1
        } while rest > 0
        if value < 0 { target[0] = UInt8(ascii: "-") }
        return count
    }
}
