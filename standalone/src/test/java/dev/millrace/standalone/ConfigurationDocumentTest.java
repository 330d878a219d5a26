package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.EachProperty;
import io.micronaut.core.bind.annotation.Bindable;
import io.micronaut.core.naming.NameUtils;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/configuration.md} to the records that read the configuration. */
class ConfigurationDocumentTest {
    private static final JavaClasses PRODUCT =
            new ClassFileImporter(List.of(new ArchitectureTest.ProductOnly())).importPackages("dev.millrace");

    @Test
    void everyPropertyIsExplainedWithItsDefault() throws IOException {
        List<String> lines = Files.readAllLines(Terminal.ROOT.resolve("docs/configuration.md"));

        List<Property> properties = properties();

        assertThat(properties).hasSizeGreaterThan(20);
        assertThat(properties)
                .allSatisfy(property -> assertThat(lines)
                        .as("a row of docs/configuration.md for %s", property)
                        .anyMatch(line ->
                                line.startsWith("| `" + property.name() + "` | " + property.shownDefault() + " | ")));
    }

    @Test
    void noPropertyIsExplainedThatDoesNotExist() throws IOException {
        List<String> known = properties().stream().map(Property::name).toList();

        List<String> explained = Files.readAllLines(Terminal.ROOT.resolve("docs/configuration.md")).stream()
                .filter(line -> line.startsWith("| `millrace."))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .toList();

        assertThat(explained).containsExactlyInAnyOrderElementsOf(known);
    }

    /** @param value of the default; empty: there is none */
    private record Property(String name, String value) {
        String shownDefault() {
            return value.isEmpty() ? "" : "`" + value + "`";
        }
    }

    private static List<Property> properties() {
        List<Property> properties = new ArrayList<>();
        for (JavaClass type : PRODUCT) {
            if (type.isAnnotatedWith(ConfigurationProperties.class) || type.isAnnotatedWith(EachProperty.class)) {
                properties.addAll(properties(type.reflect()));
            }
        }
        return properties;
    }

    private static List<Property> properties(Class<?> type) {
        String prefix = prefix(type);
        RecordComponent[] components = type.getRecordComponents();
        Constructor<?> constructor = Arrays.stream(type.getDeclaredConstructors())
                .filter(candidate -> candidate.getParameterCount() == components.length)
                .findFirst()
                .orElseThrow();
        return Arrays.stream(constructor.getParameters())
                .filter(parameter -> !parameter.getType().isAnnotationPresent(ConfigurationProperties.class))
                .filter(parameter -> !parameter.isAnnotationPresent(io.micronaut.context.annotation.Parameter.class))
                .map(parameter ->
                        new Property(prefix + "." + NameUtils.hyphenate(parameter.getName()), value(parameter)))
                .toList();
    }

    private static String prefix(Class<?> type) {
        EachProperty each = type.getAnnotation(EachProperty.class);
        if (each != null) {
            return each.value() + ".NAME";
        }
        String own = type.getAnnotation(ConfigurationProperties.class).value();
        Class<?> outer = type.getEnclosingClass();
        return outer == null ? own : prefix(outer) + "." + own;
    }

    private static String value(Parameter parameter) {
        Bindable bindable = parameter.getAnnotation(Bindable.class);
        return bindable == null ? "" : bindable.defaultValue();
    }
}
