package keywright.interop;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.oauth2.sdk.util.JSONObjectUtils;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import net.minidev.json.JSONObject;

/** What a program is given (a JSON file), and how it speaks with whoever started it: a line of JSON each way. */
final class Bench {
  interface Flow {
    void run() throws Exception;
  }

  private final JSONObject given;
  private final BufferedReader answers =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  Bench(String file) throws Exception {
    given = JSONObjectUtils.parse(Files.readString(Path.of(file)));
  }

  String get(String name) {
    return (String) given.get(name);
  }

  String secret(String clientId) throws Exception {
    return JSONObjectUtils.getString(JSONObjectUtils.getJSONObject(given, "secrets"), clientId);
  }

  JWK key(String name) throws Exception {
    return JWK.parse(JSONObjectUtils.getJSONObject(JSONObjectUtils.getJSONObject(given, "keys"), name));
  }

  /** The person goes to that page, and does there what they are asked; the answer is where they were sent. */
  URI ask(String what, Object about) throws IOException {
    say(Map.of("ask", what, "about", about.toString()));
    return URI.create(answers.readLine());
  }

  void flow(String name, Flow flow) {
    try {
      flow.run();
      say(Map.of("flow", name));
    } catch (Exception | AssertionError fault) {
      var trace = new StringWriter();
      fault.printStackTrace(new PrintWriter(trace));
      say(Map.of("flow", name, "fault", trace.toString()));
    }
  }

  private static void say(Map<String, ?> line) {
    System.out.println(JSONObject.toJSONString(line));
    System.out.flush();
  }

  static void expect(boolean fact, Object seen) {
    if (!fact) throw new AssertionError(String.valueOf(seen));
  }
}
