package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.problem.MillraceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Driver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriversTest {
    private static final String URL = "jdbc:mariadb://localhost/shop";

    @TempDir
    private Path folder;

    private Drivers drivers() {
        return new Drivers(folder, ClassLoader.getPlatformClassLoader());
    }

    @Test
    void aJarInTheFolderIsFoundAlsoWhenItComesLater() throws Exception {
        Path jar = Path.of(org.mariadb.jdbc.Driver.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Drivers drivers = drivers()) {
            assertThatExceptionOfType(MillraceException.class).isThrownBy(() -> drivers.driver(URL, new MariaDb()));
            Path _ = Files.copy(jar, folder.resolve("mariadb.jar"));
            Driver driver = drivers.driver(URL, new MariaDb());
            assertThat(driver.getClass().getName()).isEqualTo("org.mariadb.jdbc.Driver");
            assertThat(driver).isNotInstanceOf(org.mariadb.jdbc.Driver.class);
            assertThat(drivers.driver(URL, new MariaDb()).getClass()).isSameAs(driver.getClass());
        }
    }

    @Test
    void aDriverThatIsMissingIsNamedWithItsPlace() throws Exception {
        try (Drivers drivers = drivers()) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> drivers.driver(URL, new MariaDb()))
                    .withMessageContaining("the jar of org.mariadb.jdbc:mariadb-java-client in " + folder);
        }
    }
}
