using System.Diagnostics;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>The settings that the README names, read as a file of environment variables and by a shell.</summary>
internal static class ReadmeSettings
{
    /// <summary>The README, and the lines of its block of settings.</summary>
    public static async Task<(string Text, string Block)> ReadAsync(CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "README.md")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("There is no README.md above the tests.");
        }

        var text = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "README.md"), cancellationToken);
        return (text, text.Split("```sh\n").Select(block => block.Split("```")[0])
            .Single(block => block.StartsWith("Publication__Name=", StringComparison.Ordinal)));
    }

    /// <summary>Reads the lines as systemd's EnvironmentFile does: no commands, no comments behind a value.</summary>
    public static SortedDictionary<string, string> ParseFile(string text)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var at = line.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = (line[..at], line[(at + 1)..]);
            Assert.Matches("^[A-Za-z_0-9]+$", name);
            Assert.Matches("^(\"[^\"$`\\\\]*\"|[^ \"'$`\\\\#]*)$", value);
            settings[name] = value.Trim('"');
        }

        return settings;
    }

    /// <summary>The variables that a program sees that is started in a shell after the lines were pasted behind set -a.</summary>
    public static async Task<SortedDictionary<string, string>> InShellAsync(string text, CancellationToken cancellationToken)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh")
        {
            ArgumentList = { "-c", "set -a\n" + text + "\nenv" },
            RedirectStandardOutput = true,
        })!;
        var output = await shell.StandardOutput.ReadToEndAsync(cancellationToken);
        await shell.WaitForExitAsync(cancellationToken);
        var names = ParseFile(text).Keys;
        return new SortedDictionary<string, string>(
            output.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2 && names.Contains(pair[0]))
                .ToDictionary(pair => pair[0], pair => pair[1]),
            StringComparer.Ordinal);
    }
}
