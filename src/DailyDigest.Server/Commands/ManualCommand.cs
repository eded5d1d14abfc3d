using System.CommandLine;
using System.Reflection;

namespace DailyDigest.Server.Commands;

/// <summary><c>manual</c>: writes the manual page from the verbs themselves, so that page and program cannot differ.</summary>
internal static class ManualCommand
{
    private const string Ending = """
        .SH EXIT STATUS
        .TP
        .B 0
        success
        .TP
        .B 1
        the work failed or found a problem; each problem is one line
        .TP
        .B 2
        wrong usage or invalid settings, one line per fault; nothing was done
        .TP
        .B 3
        an operator cancelled a run during the delivery
        .SH FILES
        .TP
        .I /etc/dailydigest/dailydigest.env
        the settings of the service
        .TP
        .I /var/lib/dailydigest
        the database of the service, and its journal
        .TP
        .I /opt/dailydigest
        the program, its documents and the templates of its mails
        """;

    private static string Version => typeof(ManualCommand).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Command Create(Terminal terminal, Command root)
    {
        var command = new Command("manual", "Write the manual page dailydigest(1) to standard output, for man.");
        command.SetAction(async (_, _) =>
        {
            var verbs = root.Subcommands.SelectMany(verb => Verb(verb, root.Name));
            await terminal.TextAsync(string.Join('\n', [.. Beginning(root), .. verbs, Ending, ""]));
            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Beginning(Command root) =>
    [
        $".TH DAILYDIGEST 1 \"\" \"DailyDigest {Version}\" \"DailyDigest\"",
        ".SH NAME",
        @"dailydigest \- send each reader the day's best stories by mail",
        ".SH SYNOPSIS",
        ".B dailydigest",
        ".RI [ verb ]",
        ".RI [ options ]",
        ".SH DESCRIPTION",
        Text(root.Description),
        ".SH VERBS",
    ];

    private static IEnumerable<string> Verb(Command verb, string before)
    {
        var name = $"{before} {verb.Name}";
        var inner = verb.Subcommands.Where(one => !one.Hidden).SelectMany(one => Verb(one, name));
        return verb.Action is null ? inner : [.. Usage(verb, name), .. inner];
    }

    private static IEnumerable<string> Usage(Command verb, string name)
    {
        var arguments = verb.Arguments.Where(one => !one.Hidden).ToList();
        var words = arguments.Select(one => one.Arity.MinimumNumberOfValues == 0 ? $"[{one.Name}]" : one.Name);
        yield return ".SS " + Text(string.Join(' ', [name, .. words]));
        yield return Text(verb.Description);
        foreach (var argument in arguments.Where(one => !string.IsNullOrEmpty(one.Description)))
        {
            yield return $".TP\n.I {Text(argument.Name)}\n{Text(argument.Description)}";
        }

        foreach (var option in verb.Options.Where(one => !one.Hidden))
        {
            var value = option.ValueType == typeof(bool) ? "" : $@" \fI{Text(option.HelpName ?? option.Name.TrimStart('-'))}\fR";
            var description = option.Required ? option.Description + " (required)" : option.Description;
            yield return $".TP\n\\fB{Text(option.Name)}\\fR{value}\n{Text(description)}";
        }
    }

    /// <summary>Text in the form of man: a hyphen is one that can be copied, and no line begins with a command.</summary>
    private static string Text(string? text)
    {
        var escaped = (text ?? "").ReplaceLineEndings(" ").Replace(@"\", @"\e", StringComparison.Ordinal)
            .Replace("-", @"\-", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? @"\&" + escaped : escaped;
    }
}
