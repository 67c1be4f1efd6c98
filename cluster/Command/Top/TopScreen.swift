import MCPStore

/// The view as lines of text.
enum TopScreen {
    /// - Parameters:
    ///   - width: Columns of the terminal.
    ///   - height: Its lines; rows beyond them are left out, those around the marked one are kept.
    ///   - note: Why nothing new could be read; empty where all is well.
    static func lines(_ view: TopView, _ tables: TopTables, space: String, width: Int, height: Int, note: String) -> [String] {
        var (header, rows) = view.rows(tables)
        header[view.column] += view.isDescending ? "↓" : "↑"
        let widths = header.indices.map { column in
            max(header[column].count, rows.map { $0[column].text.count }.max() ?? 0)
        }
        var lines = [summary(view, tables, space), title(view) + (note.isEmpty ? "" : "  ! \(note.oneLine)"), ""]
        lines.append(line(header.map { TopCell($0) }, widths, rows.first))
        let room = max(height - lines.count - 2, 1)
        let place = view.marked.flatMap { name in rows.firstIndex { $0[0].text == name } }
        let start = max(min((place ?? 0) - room / 2, rows.count - room), 0)
        for (offset, row) in rows[start..<min(start + room, rows.count)].enumerated() {
            let text = clipped(line(row, widths, row), width)
            lines.append(start + offset == place ? "\u{1b}[7m\(text)\u{1b}[0m" : text)
        }
        if rows.isEmpty { lines.append(view.filter.isEmpty ? "nothing" : "nothing has '\(view.filter)'") }
        lines += [
            "", "a spaces  s services  l lanes  w workers  enter in  < > r sort  / filter  q quit",
        ]
        return lines.map { $0.hasPrefix("\u{1b}") ? $0 : clipped($0, width) }
    }

    /// The same for a pipe: every row, no control characters, no help.
    static func text(_ view: TopView, _ tables: TopTables, space: String) -> String {
        let (header, rows) = view.rows(tables)
        let widths = header.indices.map { column in
            max(header[column].count, rows.map { $0[column].text.count }.max() ?? 0)
        }
        let table = [line(header.map { TopCell($0) }, widths, rows.first)] + rows.map { line($0, widths, $0) }
        return ([summary(view, tables, space), ""] + table).joined(separator: "\n")
    }

    private static func summary(_ view: TopView, _ tables: TopTables, _ space: String) -> String {
        view.page == .spaces ? tables.spacesSummary() : tables.summary(space: space)
    }

    private static func title(_ view: TopView) -> String {
        let page =
            switch view.page {
            case .spaces: "spaces"
            case .services: "services"
            case .lanes: "lanes"
            case .workers: "workers"
            case .tools(let service): "tools of \(service)"
            }
        guard view.isTyping || !view.filter.isEmpty else { return page }
        return "\(page)  filter: \(view.filter)\(view.isTyping ? "_" : "")"
    }

    /// - Parameter sample: Says which columns are numbers: they are aligned to the right.
    private static func line(_ cells: [TopCell], _ widths: [Int], _ sample: [TopCell]?) -> String {
        let padded = zip(cells, widths).enumerated().map { column, pair in
            let (cell, width) = pair
            let padding = String(repeating: " ", count: max(width - cell.text.count, 0))
            if sample?[column].value != nil { return padding + cell.text }
            return column == cells.count - 1 ? cell.text : cell.text + padding
        }
        return padded.joined(separator: "  ")
    }

    private static func clipped(_ line: String, _ width: Int) -> String {
        line.count <= width ? line : String(line.prefix(max(width - 1, 0))) + "…"
    }
}
