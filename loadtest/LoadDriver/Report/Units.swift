import Foundation

/// Figures for people, the same whatever the locale.
package enum Units {
    /// With three significant digits: `410 µs`, `5.70 ms`, `1.24 s`, `2 min 5 s`.
    static func duration(microseconds: Double) -> String {
        switch abs(microseconds) {
        case ..<0.9995: "\(digits(microseconds * 1_000)) ns"
        case ..<999.5: "\(digits(microseconds)) µs"
        case ..<999_500: "\(digits(microseconds / 1_000)) ms"
        case ..<119_500_000: "\(digits(microseconds / 1_000_000)) s"
        default: "\(Int(microseconds / 60_000_000)) min \(Int(microseconds / 1_000_000) % 60) s"
        }
    }

    /// `10 s`, `2.5 s`.
    static func seconds(_ value: Double) -> String {
        "\(plain((value * 10).rounded() / 10)) s"
    }

    /// `10,369/s`, `0.5/s`.
    static func rate(_ value: Double) -> String {
        (value >= 100 ? count(value) : plain((value * 10).rounded() / 10)) + "/s"
    }

    /// `10,369`.
    package static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.count - position) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// Rounded to a whole number.
    package static func count(_ value: Double) -> String {
        value.isFinite && abs(value) < 1e18 ? count(Int64(value.rounded())) : "\(value)"
    }

    /// `61.2 MiB`.
    static func bytes(_ value: Double) -> String {
        var (number, unit) = (value, 0)
        let names = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        while abs(number) >= 1_024, unit < names.count - 1 {
            number /= 1_024
            unit += 1
        }
        return "\(unit == 0 ? plain(number.rounded()) : digits(number)) \(names[unit])"
    }

    /// `1.84×`.
    static func ratio(_ value: Double) -> String {
        "\(fixed(value, value < 0.0995 ? 3 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0))×"
    }

    /// For an axis, whose marks are round: `200 µs`, `1 ms`.
    static func tick(microseconds: Double) -> String {
        switch microseconds {
        case 0: "0"
        case ..<0.9995: "\(short(microseconds * 1_000)) ns"
        case ..<999.5: "\(short(microseconds)) µs"
        case ..<999_500: "\(short(microseconds / 1_000)) ms"
        default: "\(short(microseconds / 1_000_000)) s"
        }
    }

    /// For an axis: `500`, `5k`, `1.5M`.
    static func tick(count: Double) -> String {
        switch count {
        case ..<999.5: short(count)
        case ..<999_500: "\(short(count / 1_000))k"
        default: "\(short(count / 1_000_000))M"
        }
    }

    private static func short(_ value: Double) -> String {
        plain((value * 100).rounded() / 100)
    }

    /// Three significant digits, more only for whole numbers above.
    static func digits(_ value: Double) -> String {
        switch abs(value) {
        case 0: "0"
        case ..<9.995: fixed(value, 2)
        case ..<99.95: fixed(value, 1)
        default: fixed(value, 0)
        }
    }

    /// With so many decimals.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        String(format: "%.\(decimals)f", value)
    }

    /// Without a needless fraction.
    static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
