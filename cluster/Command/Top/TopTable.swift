/// One table of the view, unsorted.
struct TopTable: Sendable, Equatable {
    let header: [String]
    var rows: [[TopCell]]

    /// Rows that have `filter` in one of their cells, sorted by a column; equal ones by their first cell, so that they keep still.
    func arranged(filter: String, column: Int, isDescending: Bool) -> [[TopCell]] {
        let wanted = filter.lowercased()
        let kept = wanted.isEmpty ? rows : rows.filter { $0.contains { $0.text.lowercased().contains(wanted) } }
        return kept.sorted { first, second in
            let (a, b) = (first[column], second[column])
            if a.comes(before: b) { return !isDescending }
            if b.comes(before: a) { return isDescending }
            return first[0].text < second[0].text
        }
    }
}
