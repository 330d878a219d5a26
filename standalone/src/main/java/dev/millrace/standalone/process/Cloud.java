package dev.millrace.standalone.process;

import java.util.Map;

/** Google Cloud's services, which take the place of files of the home. */
public interface Cloud {
    /** What a service has to know to use them. */
    Map<String, Object> properties(Service service);
}
