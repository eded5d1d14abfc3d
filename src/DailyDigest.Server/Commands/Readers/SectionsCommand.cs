using System.CommandLine;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>sections</c>: renames a section that readers chose.</summary>
internal static class SectionsCommand
{
    public static Command Create(Terminal terminal)
    {
        var from = new Argument<string>("OLD") { Description = "The section as readers chose it; doctor lists those that are not offered" };
        var to = new Argument<string>("NEW") { Description = "A section of Publication__Sections" };
        var rename = new Command("rename", "Replace a section in the choices of all readers.") { from, to };
        rename.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => RenameAsync(app.Services, terminal, parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), stop),
            cancellationToken));
        return new Command("sections", "Rename a section that readers chose.") { rename };
    }

    private static async Task<int> RenameAsync(
        IServiceProvider services, Terminal terminal, string from, string to, CancellationToken cancellationToken)
    {
        var offered = services.GetRequiredService<Publication>().Sections;
        if (offered.FirstOrDefault(section => section.Equals(to, StringComparison.OrdinalIgnoreCase)) is not { } section)
        {
            await terminal.ErrorAsync(offered.Count == 0
                ? "NEW: Publication__Sections has no section; set it first."
                : $"NEW: one of Publication__Sections: {string.Join(", ", offered)}.");
            return 2;
        }

        var changed = await services.GetRequiredService<RenameSection>().ExecuteAsync(from, section, cancellationToken);
        if (changed == 0)
        {
            await terminal.ErrorAsync($"No reader chose the section {from}.");
            return 1;
        }

        await terminal.LineAsync($"{Format.Count(changed, "reader")} changed from {from} to {section}.");
        return 0;
    }
}
