// Buttons that copy what a field holds, or the text of an element: hidden until there is script. What became of it
// is said in the element `<id>-said`, role="status".
export function offerCopying(root) {
  root.querySelectorAll("[data-copy]").forEach((button) => {
    const source = document.getElementById(button.dataset.copy);
    const said = document.getElementById(`${button.dataset.copy}-said`);
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.value ?? source.textContent);
        said.textContent = button.dataset.copied;
      } catch {
        select(source);
        said.textContent = button.dataset.notCopied;
      }
    });
  });
}

function select(source) {
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
}
