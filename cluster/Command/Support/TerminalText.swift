import MCPStore

/// Text that others wrote, on its way to a terminal.
enum TerminalText {
    /// The text with its control characters in sight (`^[` for an escape): what a tool says must not move the cursor, change the
    /// title, or write over what stands there. Lines and tabs stay.
    static func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard isHidden(scalar) else {
                safe.append(scalar)
                continue
            }
            switch scalar.value {
            // A line of Windows ends as any other.
            case 0x0D: continue
            case 0x7F: safe.append(contentsOf: "^?".unicodeScalars)
            case 0x80...: safe.append("\u{FFFD}")
            default: safe.append(contentsOf: ["^", Unicode.Scalar(UInt8(scalar.value) + 0x40)])
            }
        }
        return String(safe)
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool { scalar.isControl && scalar != "\n" && scalar != "\t" }
}
