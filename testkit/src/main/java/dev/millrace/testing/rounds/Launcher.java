package dev.millrace.testing.rounds;

import java.nio.file.Path;

/** How a process of a service is started that reads what {@link Processes} leaves for it in its home. */
public interface Launcher {
    /**
     * @param folder whose subfolder {@code home} is the home
     * @param service its name; the process ends when its standard input does
     */
    ProcessBuilder service(Path folder, String service);
}
