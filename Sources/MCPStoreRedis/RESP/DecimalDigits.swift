import NIOCore

/// Decimal text of integers without a `String`.
package enum DecimalDigits {
    /// The number of characters of `value` in decimal, with a minus sign if it has one.
    package static func count(of value: Int) -> Int {
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

    /// Reads a decimal integer; `nil` where the bytes are anything else, or too large.
    package static func read(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        let digits = isNegative ? bytes.dropFirst() : bytes[...]
        guard !digits.isEmpty else { return nil }
        var value = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let digit = Int(byte &- UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Counted downwards for negative numbers so that Int.min is one of them.
            let (sum, overflow2) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !overflow2 else { return nil }
            value = sum
        }
        return value
    }
}
