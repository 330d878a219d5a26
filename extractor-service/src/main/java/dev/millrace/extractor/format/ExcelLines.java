package dev.millrace.extractor.format;

import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.format.Unpivot;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A proposed format of workbooks as a pipeline file has it. */
public final class ExcelLines {
    private ExcelLines() {}

    /** Its keys, those of {@code unpivot} indented. */
    public static List<String> of(Format.Excel format) {
        List<String> lines = new ArrayList<>();
        lines.add("type: excel");
        if (format.sheet() != null) {
            lines.add("sheet: " + quoted(format.sheet()));
        }
        List<String> header = new ArrayList<>();
        if (!format.header().contains().isEmpty()) {
            header.add("contains: " + list(format.header().contains()));
        }
        if (format.header().rows() > 1) {
            header.add("rows: " + format.header().rows());
        }
        if (!header.isEmpty()) {
            lines.add("header: {" + String.join(", ", header) + "}");
        }
        if (format.end() != null) {
            lines.add("end: " + quoted(format.end()));
        }
        if (!format.leaveOut().isEmpty()) {
            lines.add("leaveOut: " + list(format.leaveOut()));
        }
        if (!format.nulls().isEmpty()) {
            lines.add("nulls: " + list(format.nulls()));
        }
        Unpivot unpivot = format.unpivot();
        if (unpivot != null) {
            lines.add("unpivot:");
            lines.add("  ids: [" + unpivot.ids().stream().map(ExcelLines::id).collect(Collectors.joining(", ")) + "]");
            lines.add("  names: " + list(unpivot.names()));
            lines.add("  value: " + quoted(unpivot.value()));
            if (unpivot.heading() != null) {
                lines.add("  heading: " + quoted(unpivot.heading()));
            }
        }
        return lines;
    }

    private static String id(Unpivot.Id id) {
        return "{name: " + quoted(id.name())
                + (id.header() == null ? "" : ", header: " + quoted(id.header()))
                + (id.matches() == null ? "" : ", matches: " + quoted(id.matches())) + "}";
    }

    private static String list(List<String> texts) {
        return texts.stream().map(ExcelLines::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String quoted(String text) {
        return text.matches("[A-Za-z_][A-Za-z0-9_]*") && !text.matches("(?i)y|n|yes|no|on|off|true|false|null")
                ? text
                : "'" + text.replace("'", "''") + "'";
    }
}
