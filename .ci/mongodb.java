import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;

/** A server with MongoDB's wire protocol, in memory, on a free port of the loopback interface. Prints its URL. */
class Main {
  /** What drivers ask for: the server itself reports a wire version that they no longer accept. */
  private static final MongoVersion VERSION = new MongoVersion() {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 13;
    }
  };

  /** It has no users: who logs in as one is refused as MongoDB refuses. */
  private static final class Backend extends MemoryBackend {
    @Override
    public Document handleMessage(MongoMessage message) {
      if (!message.getDocument().containsKey("saslStart")) return super.handleMessage(message);
      return new Document("ok", 0)
          .append("errmsg", "Authentication failed.")
          .append("code", 18)
          .append("codeName", "AuthenticationFailed");
    }
  }

  public static void main(String[] args) {
    var server = new MongoServer(new Backend().version(VERSION));
    server.bind("127.0.0.1", 0);
    System.out.println(server.getConnectionString());
  }
}
