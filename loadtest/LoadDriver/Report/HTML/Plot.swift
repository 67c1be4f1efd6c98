/// Lines over two axes, as SVG. Drawn once for wide pages and once for phones, so that its letters stay as large as the page's.
struct Plot: Sendable {
    var title: String
    var lines: [PlotLine]
    var x: PlotScale
    var y: PlotScale
    /// Marks of the x axis.
    var xTicks: [(value: Double, label: String)]
    var yLabel: @Sendable (Double) -> String
    var xTitle: String

    private static let (left, right, top, bottom) = (58.0, 14.0, 10.0, 44.0)

    /// - Parameter wide: Width and height on a wide page.
    func figure(wide: (Double, Double)) -> Markup {
        """
        <figure>\(legend)\(drawing("wide", wide.0, wide.1))\(drawing("narrow", 340, 270))</figure>
        """
    }

    private var legend: Markup {
        let items = lines.map { line -> Markup in
            "<span class=\"key\"><i class=\"\(line.isDashed ? "dash" : "dot") \(line.style)\"></i>\(line.name)</span>"
        }
        return "<div class=\"legend\">\(items)</div>"
    }

    private func drawing(_ kind: String, _ width: Double, _ height: Double) -> Markup {
        let area = Area(left: Self.left, right: width - Self.right, top: Self.top, bottom: height - Self.bottom)
        let size: Markup = "viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\""
        return """
            <svg class="plot \(kind)" \(size) role="img" aria-label="\(title)">\
            \(yAxis(area))\(xAxis(area))\(lines.compactMap { fill($0, area) })\(lines.map { stroke($0, area) })</svg>
            """
    }

    private struct Area {
        var left, right, top, bottom: Double
    }

    private func place(_ point: (x: Double, y: Double), _ area: Area) -> (x: Double, y: Double) {
        (
            area.left + x.position(of: point.x) * (area.right - area.left),
            area.bottom - y.position(of: point.y) * (area.bottom - area.top)
        )
    }

    private func yAxis(_ area: Area) -> [Markup] {
        y.ticks(5).map { value in
            let height = area.bottom - y.position(of: value) * (area.bottom - area.top)
            return """
                <line class="grid" x1="\(area.left)" x2="\(area.right)" y1="\(height)" y2="\(height)"/>\
                <text x="\(area.left - 8)" y="\(height + 4)" text-anchor="end">\(yLabel(value))</text>
                """
        }
    }

    private func xAxis(_ area: Area) -> Markup {
        var free = -Double.infinity
        let marks = xTicks.map { value, label -> Markup in
            let at = area.left + x.position(of: value) * (area.right - area.left)
            let line: Markup = "<line class=\"grid\" x1=\"\(at)\" x2=\"\(at)\" y1=\"\(area.top)\" y2=\"\(area.bottom)\"/>"
            // A label keeps off the one before it and inside the picture; about 7 points a letter.
            let half = Double(label.count) * 3.5
            let center = min(at, area.right + Self.right - half)
            guard center - half > free else { return line }
            free = center + half + 8
            return "\(line)<text x=\"\(center)\" y=\"\(area.bottom + 17)\" text-anchor=\"middle\">\(label)</text>"
        }
        let middle = (area.left + area.right) / 2
        return "\(marks)<text class=\"title\" x=\"\(middle)\" y=\"\(area.bottom + 37)\" text-anchor=\"middle\">\(xTitle)</text>"
    }

    /// Points that would fall on the same spot are left out.
    private func path(_ line: PlotLine, _ area: Area) -> [(x: Double, y: Double)] {
        line.points.indices.reduce(into: []) { kept, index in
            let point = place(line.points[index], area)
            let isLast = index == line.points.count - 1
            guard let last = kept.last, !isLast else {
                kept.append(point)
                return
            }
            if abs(point.x - last.x) + abs(point.y - last.y) >= 1.5 { kept.append(point) }
        }
    }

    private func stroke(_ line: PlotLine, _ area: Area) -> Markup {
        let points = path(line, area).map { point -> Markup in "\(point.x),\(point.y) " }
        return "<polyline class=\"\(line.isDashed ? "old" : "new") \(line.style)\" points=\"\(points)\"/>"
    }

    private func fill(_ line: PlotLine, _ area: Area) -> Markup? {
        let points = path(line, area)
        guard line.isFilled, let first = points.first, let last = points.last else { return nil }
        let list = points.map { point -> Markup in "\(point.x),\(point.y) " }
        return """
            <polygon class="area \(line.style)" points="\(first.x),\(area.bottom) \(list)\(last.x),\(area.bottom)"/>
            """
    }
}
