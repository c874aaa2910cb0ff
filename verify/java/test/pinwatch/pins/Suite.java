package pinwatch.pins;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Comparator;

/** Runs the public static methods of test classes, one after another, and prints what failed. */
public final class Suite {
    private int passed;
    private int failed;

    public void run(Class<?> tests) {
        Method[] methods = tests.getDeclaredMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        for (Method method : methods) {
            boolean isTest = Modifier.isPublic(method.getModifiers()) && method.getParameterCount() == 0;
            if (isTest && Modifier.isStatic(method.getModifiers())) {
                run(tests.getSimpleName() + "." + method.getName(), () -> invoke(method));
            }
        }
    }

    public void run(String name, Check.Action test) {
        try {
            test.run();
            passed++;
        } catch (Exception | AssertionError error) {
            failed++;
            System.out.println("FAILED " + name);
            error.printStackTrace(System.out);
        }
    }

    private static void invoke(Method method) throws Exception {
        try {
            method.invoke(null);
        } catch (InvocationTargetException error) {
            if (error.getCause() instanceof AssertionError) {
                throw (AssertionError) error.getCause();
            }
            throw (Exception) error.getCause();
        }
    }

    /** Prints the counts, and ends the JVM with status 1 if a test failed. */
    public void finish(String what) {
        System.out.println(what + ": " + passed + " passed, " + failed + " failed");
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }
}
