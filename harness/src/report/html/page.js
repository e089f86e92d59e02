(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = document.querySelector("#filter");

  const filter = () => {
    const { operation, severity, text } = Object.fromEntries(new FormData(form));
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const group of all(".group")) {
      let any = false;
      for (const finding of all(".finding", group)) {
        const content = finding.textContent.toLowerCase();
        const fits = (!operation || group.dataset.operation === operation)
          && (!severity || finding.dataset.severity === severity)
          && words.every((word) => content.includes(word));
        finding.hidden = !fits;
        any ||= fits;
        shown += fits;
      }
      group.hidden = !any;
    }
    form.querySelector("output").value = `${shown} of ${all(".finding").length} findings`;
    document.querySelector("#no-match").hidden = shown > 0;
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of all("[data-all]", form)) {
      button.addEventListener("click", () => {
        for (const finding of all(".finding:not([hidden])")) finding.open = button.dataset.all === "open";
      });
    }
    filter();
  }

  for (const script of all(".script")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const code = script.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    script.append(button);
  }

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = target?.closest("details");
    if (details) {
      details.hidden = false;
      details.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();

  addEventListener("beforeprint", () => { for (const finding of all(".finding")) finding.open = true; });
})();
