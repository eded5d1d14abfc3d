using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>The compared senders, each in its own process and against its own sink.</summary>
/// <param name="Name">As the table says it.</param>
/// <param name="SendAsync">Sends so many messages over so many connections to the port, after a warm-up that is not measured.</param>
/// <param name="Messages">How many messages for so many connections: enough for some seconds.</param>
internal sealed record Sender(string Name, Func<int, int, int, Task<Measured>> SendAsync, Func<int, int> Messages);

/// <summary>The senders.</summary>
internal sealed partial class Senders(SampleMail mail)
{
    public const string Source = "smtp-source (C, one constant message)";
    public const string Nodemailer = "nodemailer, pool";
    public const string Product = "DailyDigest";

    /// <summary>Messages that the product sends before it is measured.</summary>
    public const int WarmUp = 4_000;

    /// <summary>With this setting the product keeps its state in Azure Storage, otherwise in a file.</summary>
    public const string AzureConnection = "Storage:Azure:ConnectionString";

    private const string OnePart = "Delivery:SliceFrom=1000000000";

    public IEnumerable<Sender> All(int messages)
    {
        yield return new(Source, SourceAsync, _ => messages);
        yield return new(Nodemailer, NodemailerAsync, connections => messages / (connections == 1 ? 8 : 5));

        // Nagle's algorithm holds each of its messages for 40 ms: about 22 a second and connection.
        yield return new("MailKit, as written the first time", FirstTimerAsync, connections => Math.Min(messages, 120 * connections));
        yield return new(Product, (port, connections, count) => ProductAsync(port, connections, count, [OnePart]),
            connections => connections == 1 ? messages / 2 : messages);
        yield return new(
            Product + ", signed with DKIM RSA-2048",
            (port, connections, count) =>
                ProductAsync(port, connections, count, [OnePart, "Dkim:Selector=bench", "Dkim:PrivateKeyFile=" + mail.KeyPath]),
            connections => connections == 1 ? messages / 2 : messages);
    }

    /// <summary>The product with 4 parts at once, as it comes.</summary>
    public static Task<Measured> ScaleAsync(int port, int connections, int subscribers) =>
        ProductAsync(port, connections, subscribers, []);

    /// <summary>The same into a slow relay, with hardly a warm-up.</summary>
    public static Task<Measured> RealisticAsync(int port, int connections, int subscribers) => ChildAsync(
        Environment.ProcessPath!, ["product", Text(port), Text(connections), Text(subscribers), "20"]);

    /// <summary>The same, with its state in Azure Storage.</summary>
    public static Task<Measured> AzureAsync(int port, int connections, int subscribers, string connection) =>
        ProductAsync(port, connections, subscribers, [$"{AzureConnection}={connection}"]);

    private static Task<Measured> ProductAsync(int port, int connections, int messages, string[] more) => ChildAsync(
        Environment.ProcessPath!, ["product", Text(port), Text(connections), Text(messages), Text(WarmUp), .. more]);

    private Task<Measured> FirstTimerAsync(int port, int connections, int messages) => ChildAsync(
        Environment.ProcessPath!, ["first-timer", mail.PartsPath, Text(port), Text(connections), Text(messages), Text(messages / 5)]);

    private Task<Measured> NodemailerAsync(int port, int connections, int messages) => ChildAsync(
        Tools.Find("node"),
        [Path.Combine(AppContext.BaseDirectory, "nodemailer.mjs"), NodeModule(), mail.PartsPath, Text(port), Text(connections),
            Text(messages), Text(messages / 10)]);

    /// <summary>It measures nothing itself: bash's time does, start and end of the process included, which are milliseconds.</summary>
    private async Task<Measured> SourceAsync(int port, int connections, int messages)
    {
        var command = $"TIMEFORMAT='%R %U %S'; time {Tools.Find("smtp-source")} -d -s {connections} -m {messages} -F '{mail.MessagePath}' "
            + $"-f news@example.com -t reader@example.com inet:127.0.0.1:{port}";
        var (_, error) = await RunAsync("/bin/bash", ["-c", command]);
        var times = Times().Match(error);
        return times.Success
            ? new Measured(messages, Number(1), Number(2) + Number(3), null)
            : throw new InvalidOperationException("smtp-source: " + error);

        double Number(int group) => double.Parse(times.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    private static async Task<Measured> ChildAsync(string program, string[] arguments)
    {
        var (output, error) = await RunAsync(program, arguments);
        var line = output.Split('\n').LastOrDefault(line => line.StartsWith('{'));
        return line is null
            ? throw new InvalidOperationException($"{arguments[0]}: {error} {output}") : JsonSerializer.Deserialize<Measured>(line)!;
    }

    private static async Task<(string Output, string Error)> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (arguments[0] == "product")
        {
            AsDeployed(start);
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? (await output, await error)
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await error} {await output}");
    }

    /// <summary>Sets the memory as the unit of systemd and the container do.</summary>
    internal static void AsDeployed(ProcessStartInfo start) =>
        (start.Environment["MALLOC_ARENA_MAX"], start.Environment["DOTNET_GCgen0size"]) = ("1", "0x400000");

    /// <summary>nodemailer is among what the tests install.</summary>
    private static string NodeModule()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var services = Path.Combine(folder.FullName, "tests", "services");
            if (Directory.Exists(Path.Combine(services, "node_modules", "nodemailer")))
            {
                return Path.Combine(services, "package.json");
            }
        }

        throw new InvalidOperationException("nodemailer is missing: npm ci --prefix tests/services --ignore-scripts");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"([\d.]+) ([\d.]+) ([\d.]+)\s*$")]
    private static partial Regex Times();
}
